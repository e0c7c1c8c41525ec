@NullMarked
package dev.lovage.custody.blob;

import org.jspecify.annotations.NullMarked;
