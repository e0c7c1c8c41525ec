/// The program that serves: `up` and `demo`.
@NullMarked
package dev.lovage.server;

import org.jspecify.annotations.NullMarked;
