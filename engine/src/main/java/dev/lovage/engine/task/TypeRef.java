package dev.lovage.engine.task;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;

/// A generic type that survives erasure: `new TypeRef<List<Fixity>>() {}`.
public abstract class TypeRef<T> {
    private final Type type;

    protected TypeRef() {
        if (!(getClass().getGenericSuperclass() instanceof ParameterizedType own)) {
            throw new IllegalStateException("A TypeRef is written with its type: new TypeRef<List<String>>() {}.");
        }
        this.type = own.getActualTypeArguments()[0];
    }

    public final Type type() {
        return type;
    }
}
