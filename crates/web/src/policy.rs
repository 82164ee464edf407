//! The one table that says who may ask what, read from `policy/access.txt`.
//!
//! An endpoint that the table does not list is refused to everyone.

use crate::account::{Account, Employer, Role};

const TABLE: &str = include_str!("../policy/access.txt");

/// What an endpoint may be reached without or with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Open to everyone, also without signing in.
    Open,
    /// For people who are signed in; it shows no object of its own.
    Member,
    /// A list; it holds only what the viewer may see.
    List,
    /// One object; absent and strangers' objects answer alike.
    Object,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// HTTP method.
    pub method: String,
    /// Path with `{names}`.
    pub path: String,
    /// What it may be reached without or with.
    pub scope: Scope,
    /// True when it reads a person's record, so that each use is an audit row.
    pub reads_person: bool,
    /// Roles that may.
    pub roles: Vec<Role>,
    /// True when a partner's people may, for what both organizations share.
    pub partner: bool,
    /// Purpose of use.
    pub purpose: String,
    /// The clause that says so.
    pub clause: String,
}

/// What the table says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Open to everyone.
    Open,
    /// Allowed in this role.
    Allow(Role),
    /// Nobody is signed in.
    SignIn,
    /// Refused to this person.
    Refuse,
}

/// The table.
#[derive(Clone, Debug)]
pub struct Policy {
    rules: Vec<Rule>,
}

impl Policy {
    /// The table that comes with the program.
    ///
    /// # Panics
    /// When the table in the sources cannot be read, which a test excludes.
    #[must_use]
    pub fn built_in() -> Policy {
        Policy::parse(TABLE).expect("the table in the sources is read by a test")
    }

    /// Reads a table; the error names the line.
    pub fn parse(text: &str) -> Result<Policy, String> {
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let rules = lines.map(|(at, line)| {
            parse_rule(line).ok_or_else(|| format!("line {}: not a rule: {line}", at + 1))
        });
        Ok(Policy { rules: rules.collect::<Result<Vec<Rule>, String>>()? })
    }

    /// Every rule, in the order of the file.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of an endpoint.
    #[must_use]
    pub fn rule(&self, method: &str, path: &str) -> Option<&Rule> {
        // What may be read may also be asked for without its body.
        let method = if method == "HEAD" { "GET" } else { method };
        self.rules.iter().find(|rule| rule.method == method && rule.path == path)
    }
}

impl Rule {
    /// What the rule says of a person.
    #[must_use]
    pub fn decide(&self, account: Option<&Account>) -> Verdict {
        let Some(account) = account else {
            return if self.scope == Scope::Open { Verdict::Open } else { Verdict::SignIn };
        };
        let is_guest = matches!(account.employer, Employer::Partner(_));
        let role = account.roles.iter().find(|role| self.roles.contains(role));
        match role {
            Some(role) if self.partner || !is_guest => Verdict::Allow(*role),
            _ if self.scope == Scope::Open => Verdict::Open,
            _ => Verdict::Refuse,
        }
    }
}

/// `METHOD path scope person|- PO PB CM QC DS CO AD partner purpose clause…`; roles and partner
/// are `x` or `.`.
fn parse_rule(line: &str) -> Option<Rule> {
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let scope = match words.next()? {
        "open" => Scope::Open,
        "member" => Scope::Member,
        "list" => Scope::List,
        "object" => Scope::Object,
        _ => return None,
    };
    let reads_person = match words.next()? {
        "person" => true,
        "-" => false,
        _ => return None,
    };
    let mut tick = || match words.next()? {
        "x" => Some(true),
        "." => Some(false),
        _ => None,
    };
    let mut roles = Vec::new();
    for role in Role::ALL {
        if tick()? {
            roles.push(role);
        }
    }
    let partner = tick()?;
    let purpose = words.next()?.to_owned();
    let clause = words.collect::<Vec<&str>>().join(" ");
    if clause.is_empty() || !path.starts_with('/') {
        return None;
    }
    Some(Rule { method, path, scope, reads_person, roles, partner, purpose, clause })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_is_read_and_names_each_endpoint_once() {
        let policy = Policy::parse(TABLE).unwrap();
        let names: Vec<(&str, &str)> =
            policy.rules().iter().map(|r| (r.method.as_str(), r.path.as_str())).collect();
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(names.len(), unique.len());
    }

    #[test]
    fn a_line_that_is_no_rule_is_named() {
        let broken = "GET /x member - x x x x x x . partner";
        assert_eq!(
            Policy::parse(&format!("# head\n{broken}\n")).unwrap_err(),
            format!("line 2: not a rule: {broken}")
        );
    }

    #[test]
    fn an_endpoint_without_a_line_has_no_rule() {
        assert!(Policy::built_in().rule("GET", "/not-listed").is_none());
        assert!(Policy::built_in().rule("DELETE", "/queue").is_none());
    }
}
