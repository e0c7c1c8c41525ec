package dev.lovage.engine.argument;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The first two parts of a message body.
///
/// @param args by position
/// @param kwargs by snake_case name
public record Arguments(ArrayNode args, ObjectNode kwargs) {}
