package dev.lovage.records.samples;

/// One sample input, as it would come in.
///
/// @param name its file name with the name of its set, such as `synthetic/mail-001.eml`
@SuppressWarnings("ArrayRecordComponent") // Never compared.
public record Sample(String name, Kind kind, byte[] bytes) {
    /// Which reader understands it.
    public enum Kind {
        /// A message, RFC 5322.
        MAIL,
        /// The body of `POST /api/v1/submissions`.
        NATIVE_JSON,
        /// The body of a National FOIA Portal request.
        NFP,
        /// A file of requests, one per row.
        CSV
    }
}
