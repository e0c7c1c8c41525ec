/// Celery's messages over RabbitMQ, byte-compatible with kombu and py-amqp.
@NullMarked
package dev.lovage.rabbitmq;

import org.jspecify.annotations.NullMarked;
