package dev.lovage.conformance;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The lines of the checklist that a test proves. A line may need several tests.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
@interface Line {
    int[] value();
}
