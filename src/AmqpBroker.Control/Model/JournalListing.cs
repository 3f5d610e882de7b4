namespace AmqpBroker.Control;

/// <summary>A journal to be copied: its directory's name and as much of its files as belongs to the copy.</summary>
/// <param name="Name">The name of its directory, in that of all journals.</param>
/// <param name="Files">Its files.</param>
public sealed record JournalListing(string Name, IReadOnlyList<FileListing> Files);

/// <summary>A file to be copied.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">How much of it.</param>
public sealed record FileListing(string Name, long Bytes);
