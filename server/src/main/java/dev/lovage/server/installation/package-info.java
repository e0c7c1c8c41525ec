/// What runs, with or without a web server: engine, applications, worker, sequencer, sweeper.
@NullMarked
package dev.lovage.server.installation;

import org.jspecify.annotations.NullMarked;
