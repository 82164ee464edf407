//! The examples at the end of docs/reference/wire.md are what the crate writes.

use counterfoil_wire::{
    Address, Binding, Channel, Control, Hello, Introduction, Invitation, Inviter, Joiner,
    OrganizationKey, Pairing, PairingMessage, PartyName, Pin, RelationshipId, Role, Secret,
    StoredInvitation, VERSION, put_control, put_data,
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn introduction(role: Role, key: u8, name: &str, addresses: &[&str]) -> Introduction {
    let addresses = addresses.iter().map(|address| Address::parse(address).expect("an address"));
    Introduction {
        role,
        organization_key: OrganizationKey([key; 32]),
        name: PartyName::parse(name).expect("a name"),
        addresses: addresses.collect(),
    }
}

fn frames() -> Vec<(&'static str, String)> {
    let hello = Hello {
        version: VERSION,
        role: Role::Provider,
        relationship: RelationshipId([0x66; 32]),
        time_ms: 1_795_427_400_000,
        instance: [0x77; 16],
        windows: [2_097_280, 2_097_280],
    };
    let framed = |message: Control| {
        let mut out = Vec::new();
        put_control(&mut out, &message.to_bytes());
        hex(&out)
    };
    let mut event = Vec::new();
    put_data(&mut event, Channel::Events, b"abc");
    vec![
        ("hello", framed(Control::Hello(hello))),
        ("admit", framed(Control::Admit(1))),
        ("credit", framed(Control::Credit(Channel::Documents, 2_621_600))),
        ("event", hex(&event)),
    ]
}

fn pairing() -> (Vec<(&'static str, String)>, Pairing) {
    let secret = Secret::new([0x22; 16]);
    let payer = introduction(Role::Payer, 0x44, "Example Health Plan", &["payer.example:7443"]);
    let provider = introduction(Role::Provider, 0x55, "Valley Clinic", &[]);
    let stored = StoredInvitation {
        number: 7,
        expires_at_seconds: 1_798_070_400,
        secret: secret.clone(),
        ours: payer.clone(),
        nonce: [0x88; 32],
        wrong_proofs: 0,
        used_by: None,
    };
    let invitation = Invitation {
        number: 7,
        expires_at_seconds: stored.expires_at_seconds,
        pin: Pin([0x11; 32]),
        secret,
        addresses: payer.addresses.clone(),
    };
    let binding =
        Binding { exporter: [0x99; 32], inviter_pin: Pin([0x11; 32]), joiner_pin: Pin([0x33; 32]) };
    let (mut joiner, join) = Joiner::begin(&invitation, binding.clone(), provider);
    let judged = Inviter::judge(&stored, binding, join.clone(), 1_795_427_400);
    let (inviter, answer) = judged.expect("the proof fits");
    let confirm = joiner.answer(answer.clone()).expect("the proof fits");
    let kept = inviter.confirm(&confirm).expect("the proof fits");
    let done = joiner.done(&PairingMessage::Done).expect("in order");
    assert_eq!(kept.fingerprint(), done.fingerprint());
    let messages = [("join", join), ("answer", answer), ("confirm", confirm)];
    (messages.map(|(name, message)| (name, hex(&message.to_bytes()))).into(), kept)
}

#[test]
fn the_examples_of_the_page_are_what_is_written() {
    let page = include_str!("../../../docs/reference/wire.md").replace("\n  ", "");
    let (messages, pairing) = pairing();
    let mut expected = frames();
    expected.extend(messages);
    expected.push(("fingerprint", pairing.fingerprint().to_string()));
    for (name, value) in expected {
        assert!(page.contains(&format!("{name}: {value}\n")), "{name}: {value}");
    }
}
