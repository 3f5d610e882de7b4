using AmqpBroker.Storage;

namespace AmqpBroker.Core.Brokers;

/// <summary>Opens the journals of a broker: files in production, memory in tests.</summary>
public interface IJournalFactory
{
    /// <summary>Replays the journal of this name, then opens it for appending. Tells whether it was closed in order before.</summary>
    IJournal Open(string name, IJournalReplay replay, out bool cleanStop);
}
