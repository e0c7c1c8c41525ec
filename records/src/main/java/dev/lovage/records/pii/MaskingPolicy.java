package dev.lovage.records.pii;

import java.util.EnumSet;
import java.util.Set;

/// Which classes are masked. What is not masked is still found and listed.
public record MaskingPolicy(Set<PersonalClass> masked) {
    /// Bodies: a phone number stays, as staff has to call back.
    public static final MaskingPolicy BODY = new MaskingPolicy(EnumSet.complementOf(EnumSet.of(PersonalClass.PHONE)));

    /// Headers, logs and names of files: nothing stays.
    public static final MaskingPolicy ALL = new MaskingPolicy(EnumSet.allOf(PersonalClass.class));

    public MaskingPolicy {
        masked = Set.copyOf(masked);
    }
}
