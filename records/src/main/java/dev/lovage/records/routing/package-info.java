/// Which department answers a request: a matrix file of departments, tags and rules, read strictly, tested by the
/// tests it carries, and explained for each decision.
///
/// Start at [dev.lovage.records.routing.RoutingMatrix].
@NullMarked
package dev.lovage.records.routing;

import org.jspecify.annotations.NullMarked;
