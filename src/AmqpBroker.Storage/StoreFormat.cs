namespace AmqpBroker.Storage;

/// <summary>
/// The version of all that a journal holds: its files, and the records and images in them. One number for all, in every header,
/// raised with the first release whose journals the release before would not understand; older ones are read for ever.
/// </summary>
/// <remarks>FORMAT.md says what each version brought. A golden directory of each is kept with the tests of AmqpBroker.Hosting.</remarks>
internal static class StoreFormat
{
    /// <summary>What is written now, and the newest that can be read.</summary>
    public const ushort Version = 2;
}
