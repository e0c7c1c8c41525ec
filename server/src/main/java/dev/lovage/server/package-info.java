@NullMarked
package dev.lovage.server;

import org.jspecify.annotations.NullMarked;
