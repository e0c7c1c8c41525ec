package dev.lovage.records.pii;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What of a message's header may travel. Everything that is not named here is dropped.
///
/// | Field | becomes |
/// |--|--|
/// | Subject, List-Id | masked |
/// | Date | kept, if it reads like a date |
/// | From | the requester's reference |
/// | To, Cc | role names or domains |
/// | Message-ID, In-Reply-To, References | references |
/// | Content-Type, Content-Disposition, Content-Transfer-Encoding | their value without names of files |
/// | Auto-Submitted | its keyword |
/// | Return-Path | `null` or `present` |
/// | Authentication-Results, our own and topmost | the results without addresses |
public final class HeaderAllowList {
    private static final String ENCODED = "[encoded text withheld]";
    private static final Set<String> METHODS = Set.of("spf", "dkim", "dmarc", "arc");
    private static final int DATE_LENGTH_MAX = 48;

    private final PersonalData personalData;
    private final Pseudonyms pseudonyms;
    private final Map<String, String> roles;
    private final String authservId;

    /// @param roles name of the role behind each of our own addresses, by address in lower case
    /// @param authservId names the mail server whose Authentication-Results we trust
    public HeaderAllowList(Pseudonyms pseudonyms, Map<String, String> roles, String authservId) {
        this.pseudonyms = pseudonyms;
        this.personalData = new PersonalData(pseudonyms);
        this.roles = Map.copyOf(roles);
        this.authservId = authservId.toLowerCase(Locale.ROOT);
    }

    /// The working copy of a header, in the order of the original.
    ///
    /// @param requesterRef from [Pseudonyms#requesterRef]
    public List<HeaderLine> apply(List<HeaderLine> header, String requesterRef) {
        var allowed = new ArrayList<HeaderLine>();
        var authenticated = false;
        for (var line : header) {
            var name = line.name().toLowerCase(Locale.ROOT);
            if (name.equals("authentication-results")) {
                var summary = authenticated ? Optional.<String>empty() : summary(line.value());
                authenticated |= summary.isPresent();
                summary.ifPresent(results -> allowed.add(new HeaderLine("Authentication-Results", results)));
            } else {
                value(name, line.value(), requesterRef)
                        .ifPresent(value -> allowed.add(new HeaderLine(line.name(), value)));
            }
        }
        return List.copyOf(allowed);
    }

    private Optional<String> value(String name, String value, String requesterRef) {
        return switch (name) {
            case "subject", "list-id" -> Optional.of(masked(value));
            case "date" -> date(value);
            case "from" -> Optional.of(requesterRef);
            case "to", "cc" -> Optional.of(recipients(value));
            case "message-id", "in-reply-to", "references" -> Optional.of(references(value));
            case "content-type" -> Optional.of(contentType(value));
            case "content-disposition", "content-transfer-encoding", "auto-submitted" -> Optional.of(token(value, 0));
            case "return-path" -> Optional.of(value.strip().equals("<>") ? "null" : "present");
            default -> Optional.empty();
        };
    }

    private String masked(String value) {
        var start = value.indexOf("=?");
        return start >= 0 && value.indexOf("?=", start) > 0
                ? ENCODED
                : personalData.separate(value, MaskingPolicy.ALL).masked();
    }

    private static Optional<String> date(String value) {
        var likely = value.length() <= DATE_LENGTH_MAX
                && value.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || " ,:+-()".indexOf(c) >= 0))
                && value.chars().filter(c -> c == ':').count() >= 1;
        return likely ? Optional.of(value.strip()) : Optional.empty();
    }

    /// Role names where known, domains otherwise; one per `@`.
    private String recipients(String value) {
        var lower = value.toLowerCase(Locale.ROOT);
        var names = new ArrayList<String>();
        for (var at = lower.indexOf('@'); at >= 0; at = lower.indexOf('@', at + 1)) {
            var start = at;
            while (start > 0 && at - start < 64 && " <>,;:\"(\t".indexOf(lower.charAt(start - 1)) < 0) {
                start--;
            }
            var end = at + 1;
            while (end < lower.length()
                    && end - at < 255
                    && (Character.isLetterOrDigit(lower.charAt(end)) || ".-".indexOf(lower.charAt(end)) >= 0)) {
                end++;
            }
            names.add(roles.getOrDefault(lower.substring(start, end), lower.substring(at, end)));
        }
        return String.join(", ", names);
    }

    private String references(String value) {
        var refs = new ArrayList<String>();
        for (var id : value.strip().split("\\s+")) {
            if (!id.isEmpty()) {
                refs.add(pseudonyms.messageRef(id));
            }
        }
        return String.join(" ", refs);
    }

    private static String contentType(String value) {
        var charset = value.toLowerCase(Locale.ROOT).indexOf("charset=");
        var type = token(value, 0);
        return charset < 0 ? type : type + "; charset=" + token(value.replace('"', ' '), charset + "charset=".length());
    }

    /// The word at `start`, of letters, digits, `/`, `-`, `+`, `.` and `_`; an address is none.
    private static String token(String value, int start) {
        var begin = start;
        while (begin < value.length() && Character.isWhitespace(value.charAt(begin))) {
            begin++;
        }
        var end = begin;
        while (end < value.length() && end - begin < 80 && isToken(value.charAt(end))) {
            end++;
        }
        return value.substring(begin, end).toLowerCase(Locale.ROOT);
    }

    private static boolean isToken(char c) {
        return c < 128 && (Character.isLetterOrDigit(c) || "/-+._".indexOf(c) >= 0);
    }

    /// `spf=pass dkim=fail …` of our own server's results; nothing of anybody else's.
    private Optional<String> summary(String value) {
        var parts = value.split(";");
        if (!token(parts[0], 0).equals(authservId)) {
            return Optional.empty();
        }
        var results = new ArrayList<String>();
        for (var i = 1; i < parts.length; i++) {
            var equals = parts[i].indexOf('=');
            var method = equals < 0 ? "" : parts[i].substring(0, equals).strip().toLowerCase(Locale.ROOT);
            if (METHODS.contains(method)) {
                results.add(method + "=" + token(parts[i], equals + 1));
            }
        }
        return Optional.of(String.join(" ", results));
    }
}
