package dev.lovage.records.mail;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The header of a message or of a part while it is read.
final class HeaderBlock {
    private final MailLimits limits;
    private final Repairs repairs;
    private final List<HeaderField> raw = new ArrayList<>();
    private final StringBuilder stray = new StringBuilder();
    private long bytes;

    HeaderBlock(MailLimits limits, Repairs repairs) {
        this.limits = limits;
        this.repairs = repairs;
    }

    /// @throws MailRefused if the block has become too large
    void field(byte[] line) {
        measure(line);
        if (raw.size() == limits.headerFieldsMax()) {
            throw new MailRefused(
                    MailRefused.Reason.TOO_MANY_HEADER_FIELDS,
                    "A header has more than the " + limits.headerFieldsMax() + " fields allowed.");
        }
        var text = HeaderText.unfolded(line, repairs);
        var colon = text.indexOf(':');
        raw.add(new HeaderField(
                text.substring(0, Math.max(colon, 0)).strip(),
                text.substring(colon + 1).strip()));
    }

    /// Takes a line that is no field. One that reads like a parameter continues the field before it; any other was
    /// meant for the body, which it then opens.
    void malformed(byte[] line) {
        measure(line);
        var text = HeaderText.unfolded(line, repairs);
        var equals = text.indexOf('=');
        var parameter = equals > 0 && text.substring(0, equals).strip().chars().allMatch(c -> c > ' ' && c < 127);
        if (parameter && !raw.isEmpty() && raw.getLast().name().regionMatches(true, 0, "Content-", 0, 8)) {
            repairs.count(MailWarning.Code.HEADER_CONTINUED_WITHOUT_SPACE);
            var last = raw.removeLast();
            raw.add(new HeaderField(last.name(), last.value() + "; " + text));
        } else {
            repairs.count(MailWarning.Code.HEADER_LINE_MALFORMED);
            stray.append(text).append('\n');
        }
    }

    boolean isEmpty() {
        return raw.isEmpty();
    }

    /// Lines that belong to the body.
    String stray() {
        return stray.toString();
    }

    /// The fields with their encoded words decoded.
    List<HeaderField> decoded() {
        return raw.stream()
                .map(field -> new HeaderField(field.name(), HeaderText.decoded(field.value(), repairs)))
                .toList();
    }

    /// The values of all fields of this name, encoded words not yet decoded.
    List<String> all(String name) {
        return raw.stream()
                .filter(field -> field.name().equalsIgnoreCase(name))
                .map(HeaderField::value)
                .toList();
    }

    Optional<String> first(String name) {
        return all(name).stream().findFirst();
    }

    boolean has(String name) {
        return first(name).isPresent();
    }

    private void measure(byte[] line) {
        bytes += line.length;
        if (line.length > limits.fieldBytesMax()) {
            throw fieldTooLong(limits);
        }
        if (bytes > limits.headerBytesMax()) {
            throw new MailRefused(
                    MailRefused.Reason.HEADER_TOO_LARGE,
                    "A header is longer than the " + limits.headerBytesMax() + " bytes allowed.");
        }
    }

    static MailRefused fieldTooLong(MailLimits limits) {
        return new MailRefused(
                MailRefused.Reason.HEADER_FIELD_TOO_LONG,
                "A header field is longer than the " + limits.fieldBytesMax() + " bytes allowed.");
    }
}
