using AmqpBroker.Storage;

namespace AmqpBroker.Core.Brokers;

/// <summary>Opens the journals of a broker: files in production, memory in tests.</summary>
public interface IJournalFactory
{
    /// <summary>Replays the journal of this name, then opens it for appending. Tells whether it was closed in order before.</summary>
    IJournal Open(string name, IJournalReplay replay, out bool cleanStop);

    /// <summary>The journals that are there, known or not.</summary>
    IEnumerable<string> Existing => [];

    /// <summary>Places in journals that failed a checksum, when they were opened or later, and were put aside. Any thread.</summary>
    int DamagedPlaces => 0;

    /// <summary>Removes a journal that is closed, and what belongs to it; nothing if there is none. In memory there is nothing to remove.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    void Delete(string name)
    {
    }
}
