/// What an installation looks like at one moment, for programs and for people.
@NullMarked
package dev.lovage.server.status;

import org.jspecify.annotations.NullMarked;
