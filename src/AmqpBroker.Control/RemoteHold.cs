namespace AmqpBroker.Control;

/// <summary>The files that a broker holds for this process. Disposing it hangs up, and lets them go.</summary>
public sealed class RemoteHold : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _reader;
    private readonly CancellationTokenSource _lost = new();

    internal RemoteHold(HttpResponseMessage response, StreamReader reader, IReadOnlyList<JournalListing> journals)
    {
        _response = response;
        _reader = reader;
        Journals = journals;
        _ = WatchAsync();
    }

    /// <summary>What is held.</summary>
    public IReadOnlyList<JournalListing> Journals { get; }

    /// <summary>Cancelled when the broker lets the files go by itself: it stops, or has ended.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        _response.Dispose();
        _reader.Dispose();
    }

    /// <summary>Nothing more is ever said: what comes next is the end.</summary>
    private async Task WatchAsync()
    {
        try
        {
            await _reader.ReadLineAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or ObjectDisposedException)
        {
            // The end as well, said less politely.
        }

        await _lost.CancelAsync().ConfigureAwait(false);
    }
}
