@NullMarked
package dev.lovage.custody.secret;

import org.jspecify.annotations.NullMarked;
