//! Every setting of node.toml with its meaning, unit, default and bounds: the file that
//! `counterfoil node init` writes, the reading of it and its page come from this table.

/// What a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of these words; the first is the default.
    Word(&'static [&'static str]),
    /// A text that must be there.
    Needed,
    /// A text; the default.
    Text(&'static str),
    /// Texts; none by default.
    Texts,
    /// A whole number: default, least, most.
    Number(u64, u64, u64),
}

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The table of the file.
    pub section: &'static str,
    /// The key in it.
    pub key: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// The unit of a number.
    pub unit: &'static str,
    /// What it is for, and what happens at a limit.
    pub meaning: &'static str,
}

const fn setting(
    section: &'static str,
    key: &'static str,
    kind: Kind,
    unit: &'static str,
    meaning: &'static str,
) -> Setting {
    Setting { section, key, kind, unit, meaning }
}

/// Every setting, in the order of the file.
pub const SETTINGS: &[Setting] = &[
    setting(
        "node",
        "role",
        Kind::Needed,
        "",
        "What the organization is: payer or provider. It cannot be changed later.",
    ),
    setting("node", "name", Kind::Needed, "", "The organization's name, as partners read it."),
    setting(
        "node",
        "shutdown_seconds_max",
        Kind::Number(20, 1, 600),
        "seconds",
        "How long a stop waits for what was begun; then the rest is left for the next start.",
    ),
    setting(
        "pages",
        "listen",
        Kind::Text("127.0.0.1:7080"),
        "",
        "Where pages, /health and /metrics are served. They speak HTTP without TLS: keep them on \
         the machine itself, or behind a server that adds TLS.",
    ),
    setting(
        "pages",
        "upload_bytes_max",
        Kind::Number(1_073_741_824, 1_024, 1_099_511_627_776),
        "bytes",
        "A larger upload is refused with this number.",
    ),
    setting(
        "pages",
        "idle_seconds_max",
        Kind::Number(900, 60, 86_400),
        "seconds",
        "Without doing anything for so long a person is signed out.",
    ),
    setting(
        "pages",
        "generated",
        Kind::Word(&["no", "yes"]),
        "",
        "Whether every page says that its data are generated, as those of a demo are.",
    ),
    setting(
        "wire",
        "listen",
        Kind::Text("127.0.0.1:7443"),
        "",
        "Where the nodes of partners are answered. 0.0.0.0:7443 answers on every network.",
    ),
    setting(
        "wire",
        "addresses",
        Kind::Texts,
        "",
        "Where partners dial this node, as host:port, at most four. When empty, what listen says.",
    ),
    setting(
        "wire",
        "dials",
        Kind::Word(&["yes", "no"]),
        "",
        "Whether this node dials partners that can be dialed; no means that it waits for them.",
    ),
    setting(
        "wire",
        "window_bytes",
        Kind::Number(4_194_304, 1_572_864, 67_108_864),
        "bytes",
        "What a partner may send before this node has taken it, on each of two channels; then \
         the partner waits.",
    ),
    setting(
        "wire",
        "retry_ms_first",
        Kind::Number(500, 10, 60_000),
        "milliseconds",
        "First wait before a partner is dialed again.",
    ),
    setting(
        "wire",
        "retry_ms_max",
        Kind::Number(60_000, 100, 3_600_000),
        "milliseconds",
        "Longest wait before a partner is dialed again.",
    ),
    setting(
        "store",
        "url",
        Kind::Text(""),
        "",
        "Address of a PostgreSQL database, like postgresql:///counterfoil?host=/run/postgresql; \
         it may hold a password. When empty, the database is the file counterfoil.sqlite.",
    ),
    setting(
        "store",
        "schema",
        Kind::Text(""),
        "",
        "The schema of the PostgreSQL database to work in, made when it does not exist. When \
         empty, the first one of the user's search path.",
    ),
    setting(
        "store",
        "private_network",
        Kind::Word(&["no", "yes"]),
        "",
        "The connection to PostgreSQL is not encrypted: another machine is refused unless yes \
         says that only trusted machines share the network.",
    ),
    setting(
        "work",
        "look_ms",
        Kind::Number(100, 10, 60_000),
        "milliseconds",
        "Time between two looks at the database for what other commands have left to be said.",
    ),
    setting(
        "work",
        "disk_free_bytes_min",
        Kind::Number(268_435_456, 0, 1_099_511_627_776),
        "bytes",
        "With less free space on the data folder's disk the node is not healthy and says so.",
    ),
    setting(
        "work",
        "inbox_settle_ms",
        Kind::Number(2_000, 0, 3_600_000),
        "milliseconds",
        "A file in inbox or bank is taken when it has not changed for so long.",
    ),
    setting(
        "work",
        "day",
        Kind::Word(&["clock", "file"]),
        "",
        "Where the day of work comes from: the clock (UTC), or the file business-day in the data \
         folder, for rehearsals with files of another time.",
    ),
    setting(
        "office",
        "rates",
        Kind::Text("rates"),
        "",
        "Folder with plans, contracts, prices and payment.toml; below the data folder.",
    ),
    setting("office", "members", Kind::Text("members.csv"), "", "Members and their coverage."),
    setting(
        "office",
        "rules",
        Kind::Text("rules"),
        "",
        "Folder with the payer's rule packs and edit tables: a payer's own, or those that a \
         provider was given.",
    ),
    setting("office", "tables", Kind::Text("tables"), "", "Folder with further code tables."),
    setting(
        "pay",
        "when",
        Kind::Word(&["off", "arrival", "daily", "minutes"]),
        "",
        "When a payer's payments are made: only by `counterfoil claim pay`, after each file and \
         decision, once a day, or every so many minutes.",
    ),
    setting(
        "pay",
        "daily_minute",
        Kind::Number(1_080, 0, 1_439),
        "minutes after midnight (UTC)",
        "From when on the daily payments are made.",
    ),
    setting(
        "pay",
        "every_minutes",
        Kind::Number(60, 1, 10_080),
        "minutes",
        "Time between two payment runs.",
    ),
    setting(
        "backup",
        "age_hours_max",
        Kind::Number(26, 1, 8_760),
        "hours",
        "With an older last backup `counterfoil doctor` asks for a new one.",
    ),
    setting(
        "log",
        "level",
        Kind::Word(&["info", "error", "warn", "debug"]),
        "",
        "How much the log on standard error tells. It never holds personal data.",
    ),
];

/// The setting with a section and key.
pub fn find(section: &str, key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|one| one.section == section && one.key == key)
}
