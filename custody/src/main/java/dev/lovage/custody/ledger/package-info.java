@NullMarked
package dev.lovage.custody.ledger;

import org.jspecify.annotations.NullMarked;
