@NullMarked
package dev.lovage.custody.inbox;

import org.jspecify.annotations.NullMarked;
