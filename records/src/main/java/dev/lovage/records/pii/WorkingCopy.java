package dev.lovage.records.pii;

import java.util.List;

/// A text that may travel: what was found is masked in it.
///
/// @param masked with a label such as `[SSN]` in place of each masked span
/// @param spans all that was found, masked or kept, in order and without overlap; they count in the NFC form of the
///     original text, not in `masked`
public record WorkingCopy(String masked, List<PersonalSpan> spans) {
    public WorkingCopy {
        spans = List.copyOf(spans);
    }
}
