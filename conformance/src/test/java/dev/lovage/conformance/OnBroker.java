package dev.lovage.conformance;

/// A test that runs on one broker.
interface OnBroker {
    Kind kind();
}
