/// What a peer of Celery has to do, line by line, with real Celery on the other side.
@NullMarked
package dev.lovage.conformance;

import org.jspecify.annotations.NullMarked;
