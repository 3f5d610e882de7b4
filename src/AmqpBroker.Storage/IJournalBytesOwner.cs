namespace AmqpBroker.Storage;

/// <summary>Owns bytes that a batch refers to without a copy. Both members are called from any thread.</summary>
public interface IJournalBytesOwner
{
    /// <summary>The journal needs the bytes, unchanged, until <see cref="Release"/>.</summary>
    void Retain();

    /// <summary>The journal needs the bytes no longer.</summary>
    void Release();
}
