/// A public-records request in one form, whatever way it came in, and its identities: tracking id, idempotency key
/// (the same delivery again) and fingerprint (the same content again).
@NullMarked
package dev.lovage.records.submission;

import org.jspecify.annotations.NullMarked;
