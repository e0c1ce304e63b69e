//! By what names contacts go.

use super::*;

#[test]
fn whoever_is_called_you_passes_for_us_in_no_notice() {
    let (mut state, _) = started_with(vec![contact('b', "You"), contact('c', "Cleo")]);
    assert!(shown(&typed(&mut state, "/chat 1")).contains("You (a contact)"));
    assert!(state.prompt().contains("You (a contact)"));
    let blocked = Contact {
        state: ContactState::Blocked,
        ..contact('b', "You")
    };
    for told in [
        Told::Verified(contact('b', "You")),
        Told::Joined(contact('c', "You")),
        Told::Contact(contact('c', "Cleo")),
        Told::Contact(blocked),
        Told::Joined(contact('d', "You")),
    ] {
        let said = shown(&update(&mut state, told));
        assert!(said.contains("You (a contact)"), "{said}");
    }
}
