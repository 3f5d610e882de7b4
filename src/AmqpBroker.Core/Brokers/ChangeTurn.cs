namespace AmqpBroker.Core.Brokers;

/// <summary>The turn of one change: it begins, or is given up before; never both. Any thread.</summary>
internal sealed class ChangeTurn : IDisposable
{
    private const int Waits = 0;
    private const int Began = 1;
    private const int GivenUp = 2;

    private readonly CancellationTokenSource _givenUp = new();
    private int _state;

    public ChangeTurn() => Waiting = _givenUp.Token;

    /// <summary>Ends the waiting for earlier changes.</summary>
    public CancellationToken Waiting { get; }

    /// <summary>From here on nothing is taken back.</summary>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public void Begin()
    {
        if (Interlocked.CompareExchange(ref _state, Began, Waits) == GivenUp)
        {
            throw new OperationCanceledException(Waiting);
        }
    }

    /// <summary>Gives it up, unless it has begun.</summary>
    public bool TryGiveUp()
    {
        if (Interlocked.CompareExchange(ref _state, GivenUp, Waits) == Began)
        {
            return false;
        }

        _givenUp.Cancel();
        return true;
    }

    /// <summary>What has begun or was given up asks no more.</summary>
    public void Dispose() => _givenUp.Dispose();
}
