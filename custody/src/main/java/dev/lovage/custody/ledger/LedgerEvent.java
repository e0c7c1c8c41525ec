package dev.lovage.custody.ledger;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/// Something that happened to a record and is to be provable for ever.
///
/// @param tenant the agency whose record it is
/// @param type words in lower case, with dots between: `submission.received`
/// @param subject what it happened to, such as a tracking id
/// @param parent the subject that this one came from, such as the submission that a letter answers
/// @param actor who did it
/// @param data codes, numbers, digests and pseudonyms. Never personal data: the ledger can't forget
public record LedgerEvent(
        String tenant, String type, String subject, Optional<String> parent, Actor actor, ObjectNode data) {
    private static final Pattern TYPE = Pattern.compile("[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)*");
    private static final Pattern NAME = Pattern.compile("[^\\p{Cntrl}]{1,200}");

    /// Who did it: a part of the system, or a person by reference.
    public record Actor(Kind kind, String ref) {
        public enum Kind {
            SERVICE,
            USER;

            String word() {
                return name().toLowerCase(Locale.ROOT);
            }
        }

        public Actor {
            requireName("The reference of an actor", ref);
        }

        public static Actor service(String ref) {
            return new Actor(Kind.SERVICE, ref);
        }

        public static Actor user(String ref) {
            return new Actor(Kind.USER, ref);
        }
    }

    public LedgerEvent {
        if (type.length() > 100 || !TYPE.matcher(type).matches()) {
            throw new IllegalArgumentException(
                    "The type of a ledger event is lower-case words with dots between, such as"
                            + " submission.received, at most 100 characters long, but this is \"" + type
                            + "\". Nothing was written.");
        }
        requireName("The tenant of a ledger event", tenant);
        requireName("The subject of a ledger event", subject);
        parent.ifPresent(name -> requireName("The parent of a ledger event", name));
        data = data.deepCopy();
    }

    /// An event without a parent.
    public static LedgerEvent of(String tenant, String type, String subject, Actor actor, ObjectNode data) {
        return new LedgerEvent(tenant, type, subject, Optional.empty(), actor, data);
    }

    private static void requireName(String what, String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    what + " is 1 to 200 characters without control characters, but this has " + name.length()
                            + " characters. Nothing was written.");
        }
    }
}
