/// What people decide about dead letters and parked messages, and the record of it.
@NullMarked
package dev.lovage.custody.review;

import org.jspecify.annotations.NullMarked;
