/// The pages: rendered on the server from templates that are compiled with the program.
@NullMarked
package dev.lovage.server.page;

import org.jspecify.annotations.NullMarked;
