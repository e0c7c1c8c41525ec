package dev.lovage.records.routing;

import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/// What a request is routed by.
///
/// @param text what is asked for, already without personal data; it is looked at and not kept
/// @param regime the law under which the request came, such as `US-FED-FOIA`
/// @param jurisdiction the code of the agency it came to
/// @param component the part of the agency that the requester chose: a department's id or one of its codes
/// @param asOf the instant that decides which rules and departments are in effect
public record RoutingInput(
        String text,
        String regime,
        String jurisdiction,
        Optional<String> component,
        Channel channel,
        RequesterClass requesterClass,
        SubjectOfRecord subjectOfRecord,
        Instant asOf) {
    private static final Pattern CODE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /// @throws IllegalArgumentException if a code is not one; codes are kept in explanations, so nothing else may be
    public RoutingInput {
        requireCode("regime", regime);
        requireCode("jurisdiction", jurisdiction);
        component.ifPresent(code -> requireCode("component", code));
    }

    /// How the request came in.
    public enum Channel {
        WEB,
        API_NFP,
        API_NATIVE,
        EMAIL,
        CSV,
        STAFF
    }

    /// What the requester is for the purpose of fees.
    public enum RequesterClass {
        NEWS_MEDIA,
        EDUCATIONAL,
        COMMERCIAL,
        OTHER
    }

    /// Whom the records are about.
    public enum SubjectOfRecord {
        SELF,
        THIRD_PARTY,
        AGENCY,
        UNKNOWN
    }

    private static void requireCode(String name, String code) {
        if (!CODE.matcher(code).matches()) {
            throw new IllegalArgumentException("The " + name + " of a request is a code of up to 64 letters, digits,"
                    + " dots, dashes and underscores, but one of " + code.length()
                    + " characters was given. Map it to a code first. Nothing was routed.");
        }
    }
}
