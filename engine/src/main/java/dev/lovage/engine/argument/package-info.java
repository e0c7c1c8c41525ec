/// How a task's input is made from the arguments of a message, and its result put into one.
@NullMarked
package dev.lovage.engine.argument;

import org.jspecify.annotations.NullMarked;
