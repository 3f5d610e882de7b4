using AmqpBroker.Core.Brokers;

namespace AmqpBroker.JournalDump.Words;

/// <summary>What the bytes of a journal's records and images mean: that depends on whose journal it is, which its directory's name says.</summary>
internal static class Content
{
    /// <summary>A record in words; its first bytes where it cannot be understood.</summary>
    public static string Record(string path, ReadOnlySpan<byte> record)
    {
        try
        {
            return IsAccounts(path) ? AccountWords.Of(record) : RecordWords.Of(record);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return NotUnderstood(record, e);
        }
    }

    /// <summary>The same for an image.</summary>
    public static string Image(string path, ReadOnlySpan<byte> image)
    {
        try
        {
            return IsAccounts(path) ? AccountWords.Of(image) : ImageWords.Of(image);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return NotUnderstood(image, e);
        }
    }

    private static bool IsAccounts(string path) => Path.GetFullPath(path).Split(Path.DirectorySeparatorChar).Contains(Broker.AccountsJournal);

    private static string NotUnderstood(ReadOnlySpan<byte> bytes, Exception e) => $"{Shown.HexAndText(bytes)}  (not understood: {e.Message})";
}
