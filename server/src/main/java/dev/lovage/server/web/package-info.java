/// HTTP: the API, health, metrics and pages, on loopback only.
@NullMarked
package dev.lovage.server.web;

import org.jspecify.annotations.NullMarked;
