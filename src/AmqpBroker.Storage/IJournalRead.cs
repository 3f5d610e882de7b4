namespace AmqpBroker.Storage;

/// <summary>A reading that may block on the disk: see <see cref="IJournal.ReadLater"/>.</summary>
public interface IJournalRead
{
    /// <summary>Reads what it wants with <see cref="IJournal.ReadAt"/>. Must not throw: what fails is part of its result.</summary>
    void Run(IJournal journal);
}
