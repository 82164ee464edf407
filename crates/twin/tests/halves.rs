//! Two halves from the first event to exported files, proofs and every kind of tampering.

mod story;

use counterfoil_twin::*;
use proptest::prelude::*;
use story::*;

#[test]
fn honest_halves_hold_alone_and_together_with_bodies_and_without() {
    let story = full_story();
    let [payer, provider] = story.files();
    assert_eq!(verdicts([&payer, &provider]), [None, None]);
    assert_eq!(verdicts([&provider, &payer]), [None, None]);
    let report = verify_half(&payer, &[], &first_refusal);
    assert_eq!(report.finding, None);
    assert_eq!(report.events, story.entries[0].len() as u64);
    // The last head is countersigned by the provider's second key, which its half alone can prove.
    assert_eq!((report.countersigned_size, report.unproved_countersignatures), (4, 1));
    let whole = verify_halves([&payer, &provider], [&[], &[]], &first_refusal);
    assert_eq!(whole.halves[0].countersigned_size, report.events);
    assert_eq!(whole.halves[0].tree, Some(story.twin.chain(Author::Payer).tree_head()));
    let withheld = Author::BOTH.map(|a| story.file_with(a, |event| needs_body(&event.kind)));
    assert_eq!(verdicts([&withheld[0], &withheld[1]]), [None, None]);
    assert!(withheld[0].len() < payer.len());
}

#[test]
fn files_may_arrive_in_pieces_of_any_size() {
    let story = full_story();
    let files = story.files();
    for size in [1, 7, 1_000] {
        let mut verifier = Verifier::new(&[&[], &[]], &first_refusal);
        let mut rest = files.each_ref().map(Vec::as_slice);
        while let Some(file) = verifier.wants() {
            let (piece, behind) = rest[file].split_at(rest[file].len().min(size));
            rest[file] = behind;
            verifier.push(file, piece);
        }
        assert!(verifier.finish().holds(), "pieces of {size}");
    }
}

#[test]
fn every_kind_is_said_and_both_sides_see_the_same_states() {
    let story = full_story();
    for kind in &KINDS {
        let is_said = |(event, _): &(Event, Body)| event.kind == kind.name;
        assert!(story.entries.iter().flatten().any(is_said), "{}", kind.name);
    }
    let words: Vec<&str> =
        story.twin.claims().filter_map(|(_, state)| Some(state?.standing.word())).collect();
    let count = |word: &str| words.iter().filter(|w| **w == word).count();
    assert_eq!(["paid", "rejected", "voided", "reversed"].map(count), [3, 2, 1, 1], "{words:?}");
    // The other node gets everything from outside, one half after the other as far as it can.
    let mut other = Twin::new(*story.twin.relationship());
    let mut next = [0, 0];
    while next != [story.entries[0].len(), story.entries[1].len()] {
        for author in Author::BOTH {
            let at = author as usize;
            while let Some((event, body)) = story.entries[at].get(next[at]) {
                match other.accept(event, Some(body)) {
                    Ok(_) => next[at] += 1,
                    Err(finding) => {
                        assert_eq!(finding.code, Code::SeenTooMuch);
                        break;
                    }
                }
            }
        }
    }
    let mut mine = story.twin.clone();
    assert_eq!(other.standpoint(), mine.standpoint());
    let (event, body) = &story.entries[0][3];
    assert_eq!(other.accept(event, Some(body)), Ok(Accepted::Held));
}

#[test]
fn files_are_loaded_to_the_same_states_and_differences_are_named() {
    let mut story = full_story();
    let files = story.files();
    let id = story.id();
    let standpoint = story.twin.standpoint();
    let mut loaded = load_halves([&files[1], &files[0]]).unwrap();
    let hash = standpoint.hash(&id);
    assert_eq!(loaded.standpoint().compare(&standpoint, &id), Match::Equal { hash });
    for (subject, _) in story.twin.claims() {
        assert_eq!(loaded.timeline(subject), story.twin.timeline(subject));
    }
    story.claim(9);
    let further = story.twin.standpoint();
    let found = further.compare(&standpoint, &id);
    assert_eq!(found, Match::Halves(vec![Author::Payer, Author::Provider]));
    let other = Standpoint { claims: [0; 32], ..standpoint };
    assert_eq!(other.compare(&standpoint, &id), Match::Claims);
    let withheld = story.file_with(Author::Payer, |event| needs_body(&event.kind));
    let partly = load_halves([&withheld, &files[1]]).unwrap();
    assert!(partly.claims().all(|(_, state)| state.is_none()));
    assert!(load_halves([&files[0], &files[0]]).is_err());
    for end in (0..files[0].len()).step_by(101) {
        assert!(load_halves([&files[0][..end], &files[1]]).is_err(), "{end} bytes");
    }
}

#[test]
fn an_author_cannot_draft_what_it_may_not_say() {
    let mut story = Story::new();
    let claim = story.claim(1);
    let draft = |author: Author, key: &PrivateKey, kind: &str, fields: Vec<Field>| {
        let statement = Statement { kind: kind.into(), subject: claim.clone(), fields };
        story.twin.draft(author, key, statement, Stamp { time_ms: 0, secret: [0; 32] }).map(|_| ())
    };
    let [payer, provider] = &story.keys;
    let reason = || vec![Field::text("reason", "x")];
    assert_eq!(draft(Author::Payer, payer, "claim.voided", reason()), Ok(()));
    assert_eq!(draft(Author::Payer, provider, "claim.voided", reason()), Err(DraftError::Key));
    for (author, key, kind, fields) in [
        (Author::Provider, provider, "claim.voided", reason()),
        (Author::Payer, payer, "claim.voided", vec![Field::text("note", "x")]),
        (Author::Payer, payer, "claim.voided", vec![Field::integer("reason", 1)]),
        (Author::Payer, payer, "payment.sent", reason()),
    ] {
        let result = draft(author, key, kind, fields);
        assert!(matches!(result, Err(DraftError::Kind(_))), "{kind}: {result:?}");
    }
    let twice = vec![Field::text("reason", "x"), Field::text("reason", "y")];
    let result = draft(Author::Payer, payer, "claim.voided", twice);
    assert!(matches!(result, Err(DraftError::Body(_))));
    assert_eq!(draft(Author::Payer, payer, "Claim", vec![]), Err(DraftError::Text));
    assert_eq!(
        draft(Author::Payer, payer, "relationship.opened", vec![]),
        Err(DraftError::Opening)
    );
}

#[test]
fn a_clock_that_goes_back_gives_the_previous_time() {
    let mut story = Story::new();
    story.time_ms = 0;
    story.claim(1);
    for entries in &story.entries {
        assert!(entries.windows(2).all(|pair| pair[0].0.time_ms <= pair[1].0.time_ms));
    }
    story.sign_heads(true);
    let [payer, provider] = story.files();
    assert_eq!(verdicts([&payer, &provider]), [None, None]);
}

#[test]
fn a_proof_shows_one_field_and_every_change_of_a_byte_breaks_it() {
    let story = full_story();
    let tree = story.twin.tree(Author::Payer);
    let head = story.heads[0].last().unwrap();
    let rotations = story.rotations(Author::Payer);
    for (event, body) in &story.entries[0] {
        let names: Vec<&str> = body.fields().iter().map(|field| field.name.as_str()).collect();
        for fields in [&names[..], &names[..names.len().min(1)], &[]] {
            let shown = Shown { event, body, fields };
            let relationship = story.twin.relationship();
            let proof = write_proof(relationship, head, tree, &rotations, shown).unwrap();
            let proved = verify_proof(&proof).unwrap();
            assert_eq!((&proved.event, proved.fields.len()), (event, fields.len()));
            assert_eq!(proved.is_countersigned, None);
        }
    }
    let (event, body) = &story.entries[0][3];
    let shown = Shown { event, body, fields: &["paid_cents"] };
    let proof = write_proof(story.twin.relationship(), head, tree, &rotations, shown).unwrap();
    for at in 0..proof.len() {
        let mut changed = proof.clone();
        changed[at] ^= 1;
        // The other party's key plays no part in a head that a later key of it countersigned.
        let is_other_key = (72..104).contains(&at);
        assert_eq!(verify_proof(&changed).is_err(), !is_other_key, "byte {at}");
    }
    for end in 0..proof.len() {
        assert!(verify_proof(&proof[..end]).is_err(), "{end} bytes");
    }
    let absent = Shown { event, body, fields: &["price"] };
    let result = write_proof(story.twin.relationship(), head, tree, &rotations, absent);
    assert_eq!(result, Err(ProofError::NoField));
    let result = write_proof(story.twin.relationship(), &story.heads[0][0], tree, &[], {
        let (event, body) = story.entries[0].last().unwrap();
        Shown { event, body, fields: &[] }
    });
    assert_eq!(result, Err(ProofError::NotCovered));
}

#[test]
fn a_head_is_countersigned_only_when_it_is_that_of_the_events_held() {
    let story = full_story();
    let mut other = Twin::new(*story.twin.relationship());
    let key = &story.keys[1];
    let head = story.heads[0].last().unwrap().signed;
    assert_eq!(other.countersign(head, key).unwrap_err().code, Code::SeenTooMuch);
    for (event, body) in story.entries[0].iter().take(1) {
        other.accept(event, Some(body)).unwrap();
    }
    let mut forged = head.head;
    (forged.tree.size, forged.tree.root) = (1, [1; 32]);
    let first = PrivateKey::from_seed(&[11; 32]);
    assert_eq!(other.countersign(forged.sign(&first), key).unwrap_err().code, Code::Head);
    forged.tree.root = other.tree(Author::Payer).root();
    assert_eq!(other.countersign(forged.sign(key), key).unwrap_err().code, Code::Head);
    assert!(other.countersign(forged.sign(&first), key).unwrap().is_countersigned());
}

#[test]
fn two_stories_are_found_by_accepting_and_by_comparing_copies() {
    let mut story = Story::new();
    story.claim(1);
    let mut fork = Story::new();
    fork.claim(2);
    story.sign_heads(true);
    fork.sign_heads(true);
    let (event, body) = &fork.entries[1][1];
    let finding = story.twin.accept(event, Some(body)).unwrap_err();
    assert_eq!((finding.code, finding.sequence()), (Code::TwoStories, Some(1)));
    let (one, two) = (story.file(Author::Provider), fork.file(Author::Provider));
    let Copies::TwoStories(finding) = compare_copies(&one, &two) else { panic!("not found") };
    assert_eq!((finding.code, finding.sequence()), (Code::TwoStories, Some(1)));
    assert_eq!(compare_copies(&one, &one), Copies::Same { events: 3 });
    // The payer has countersigned one story: the other is not the half of that head.
    let kept = [story.heads[1][0]];
    let report = verify_half(&two, &kept, &first_refusal);
    assert_eq!(report.finding.map(|finding| finding.code), Some(Code::Head));
    // Nor can the payer's half go with the other story.
    let payer = story.file(Author::Payer);
    let verdicts = verdicts([&payer, &two]);
    assert!(matches!(verdicts[0], Some((Code::SeenRoot, FindingPlace::Event(1)))), "{verdicts:?}");
}

#[test]
fn a_half_cut_after_a_countersigned_head_is_found_by_who_kept_the_head() {
    let mut story = Story::new();
    story.claim(1);
    story.sign_heads(true);
    let kept = [story.heads[1][0]];
    let mut shorter = Story::new();
    shorter.sign_heads(false);
    let file = shorter.file(Author::Provider);
    assert_eq!(verify_half(&file, &[], &first_refusal).finding, None);
    let finding = verify_half(&file, &kept, &first_refusal).finding.unwrap();
    assert_eq!((finding.code, finding.place), (Code::Shorter, FindingPlace::Head(3)));
}

/// Everything said, with who said it, in the order in which it was said.
fn spoken() -> (Relationship, [Vec<(Event, Body)>; 2], Standpoint) {
    let mut story = full_story();
    let standpoint = story.twin.standpoint();
    (*story.twin.relationship(), story.entries, standpoint)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_interleaving_of_arrivals_gives_the_same_state(turns: Vec<bool>) {
        let (relationship, entries, standpoint) = spoken();
        let mut twin = Twin::new(relationship);
        let mut next = [0, 0];
        let mut turns = turns.into_iter();
        while next[0] + next[1] < entries[0].len() + entries[1].len() {
            let at = usize::from(turns.next().unwrap_or(next[0] >= entries[0].len()));
            // Who has no more to say, or has seen what is not here yet, lets the other go first.
            for at in [at, 1 - at] {
                let Some((event, body)) = entries[at].get(next[at]) else { continue };
                if twin.accept(event, Some(body)).is_ok() {
                    next[at] += 1;
                    break;
                }
            }
        }
        prop_assert_eq!(twin.standpoint(), standpoint);
    }

    #[test]
    fn no_bytes_make_a_verifier_panic(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..600),
        at in 0usize..4_000,
        start: bool
    ) {
        if start {
            let mut file = full_story().file(Author::Payer);
            let at = at.min(file.len());
            file.splice(at..(at + bytes.len() / 2).min(file.len()), bytes.iter().copied());
            bytes = file;
        }
        let _ = verify_half(&bytes, &[], &first_refusal);
        let _ = verify_proof(&bytes);
        let _ = compare_copies(&bytes, &bytes);
        let _ = verify_halves([&bytes, &bytes], [&[], &[]], &first_refusal);
    }
}
