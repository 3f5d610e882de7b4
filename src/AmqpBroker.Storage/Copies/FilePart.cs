namespace AmqpBroker.Storage;

/// <summary>What a copy takes of a file: its first bytes, which do not change any more.</summary>
/// <param name="Name">The name in the journal's directory.</param>
/// <param name="Bytes">How many bytes from the start of the file belong to the copy.</param>
public sealed record FilePart(string Name, long Bytes);
