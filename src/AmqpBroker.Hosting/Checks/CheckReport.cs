namespace AmqpBroker.Hosting.Checks;

/// <summary>What a check of a data directory found.</summary>
internal sealed record CheckReport
{
    /// <summary>What was checked.</summary>
    public required string Directory { get; init; }

    /// <summary>Nothing is damaged.</summary>
    public bool Whole { get; init; }

    /// <summary>What is wrong with the directory or the backup as such.</summary>
    public IReadOnlyList<string> Damage { get; init; } = [];

    /// <summary>The journals, virtual hosts' and the accounts'.</summary>
    public required IReadOnlyList<JournalReport> Journals { get; init; }

    /// <summary>The virtual hosts that a start would serve.</summary>
    public required IReadOnlyList<VirtualHostReport> VirtualHosts { get; init; }
}

/// <summary>A journal's files.</summary>
internal sealed record JournalReport
{
    /// <summary>The name of its directory.</summary>
    public required string Name { get; init; }

    /// <summary>Files, without spare ones.</summary>
    public int Files { get; init; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Whole batches of records.</summary>
    public long Batches { get; init; }

    /// <summary>Images of the newest checkpoint.</summary>
    public long Images { get; init; }

    /// <summary>From where a start reads the log.</summary>
    public long ReplayedFrom { get; init; }

    /// <summary>It was closed in order.</summary>
    public bool CleanStop { get; init; }

    /// <summary>Bytes at the end that were not known to be durable and do not count.</summary>
    public long TailBytes { get; init; }

    /// <summary>Files that earlier starts put aside.</summary>
    public int PutAside { get; init; }

    /// <summary>What is damaged.</summary>
    public required IReadOnlyList<DamageReport> Damage { get; init; }
}

/// <summary>A damaged place.</summary>
/// <param name="File">The file; empty when it is missing altogether.</param>
/// <param name="Position">In the log, or in a checkpoint's file.</param>
/// <param name="Bytes">How much.</param>
/// <param name="Reason">What is wrong.</param>
internal sealed record DamageReport(string File, long Position, long Bytes, string Reason);

/// <summary>A virtual host as a start would serve it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Queues">Its durable queues.</param>
internal sealed record VirtualHostReport(string Name, IReadOnlyList<QueueReport> Queues);

/// <summary>A queue as a start would serve it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Messages">How many it holds, those that wait for a time included.</param>
/// <param name="Bytes">The bytes of the bodies of those that are ready.</param>
internal sealed record QueueReport(string Name, long Messages, long Bytes)
{
    /// <summary>How many of them cannot be read, and would not be delivered.</summary>
    public int Damaged { get; init; }

    /// <summary>How many of the others are found by their own records alone, since what says where they are is damaged.</summary>
    public int WithoutIndex { get; init; }

    /// <summary>What is wrong with the first of them; null when nothing is.</summary>
    public string? Why { get; init; }
}
