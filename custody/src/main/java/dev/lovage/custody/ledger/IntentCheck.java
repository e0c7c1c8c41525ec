package dev.lovage.custody.ledger;

import dev.lovage.custody.ledger.CanonicalText.Refused;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One row of `ledger_intent` as the verifier looks at it.
@SuppressWarnings("ArrayRecordComponent") // read and hashed; never compared as a record
record IntentCheck(
        String writer,
        long writerSeq,
        @Nullable String tenant,
        @Nullable String type,
        @Nullable String subject,
        byte[] payload,
        byte @Nullable [] sha256,
        long at) {
    private static final Set<String> MEMBERS =
            Set.of("writer", "writer_seq", "at", "tenant", "type", "subject", "parent", "actor", "data");

    /// The members of the payload, if the row is as it was written.
    ///
    /// @throws Refused saying what is wrong
    Map<String, String> members() throws Refused {
        if (!Arrays.equals(hash(payload), sha256)) {
            throw new Refused("the payload does not have its hash");
        }
        var members = CanonicalText.members(payload);
        if (!members.keySet().equals(MEMBERS)) {
            throw new Refused(
                    "the payload has the members " + members.keySet() + ", and exactly " + MEMBERS + " were expected");
        }
        same("writer_id", writer, CanonicalText.string(LedgerVerifier.member(members, "writer")));
        same("writer_seq", Long.toString(writerSeq), LedgerVerifier.member(members, "writer_seq"));
        same("tenant", tenant, CanonicalText.string(LedgerVerifier.member(members, "tenant")));
        same("type", type, CanonicalText.string(LedgerVerifier.member(members, "type")));
        same("subject", subject, CanonicalText.string(LedgerVerifier.member(members, "subject")));
        same("at", Long.toString(at), LedgerVerifier.member(members, "at"));
        return members;
    }

    /// @throws Refused if a column is not what the hashed bytes of its row say
    static void same(String column, @Nullable String found, String expected) throws Refused {
        if (!expected.equals(found)) {
            throw new Refused("the column " + column + " is \"" + found + "\", but the bytes say \"" + expected + "\"");
        }
    }

    static byte[] hash(byte[] first, byte[]... more) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(first);
            for (var bytes : more) {
                digest.update(bytes);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256; this one does not.", e);
        }
    }
}
