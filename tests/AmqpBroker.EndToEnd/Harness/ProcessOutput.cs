namespace AmqpBroker.EndToEnd.Harness;

/// <summary>The lines that a process has printed, and a way to wait for one. Thread-safe.</summary>
internal sealed class ProcessOutput
{
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly List<(Func<string, bool> Match, TaskCompletionSource<string> Found)> _waits = [];

    public string[] Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    public void Add(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            _lines.Add(line);
            foreach ((Func<string, bool> match, TaskCompletionSource<string> found) in _waits)
            {
                if (match(line))
                {
                    found.TrySetResult(line);
                }
            }

            _waits.RemoveAll(wait => wait.Found.Task.IsCompleted);
        }
    }

    /// <summary>The first line that matches, printed already or not yet.</summary>
    public Task<string> FirstAsync(Func<string, bool> match)
    {
        lock (_gate)
        {
            if (_lines.Find(line => match(line)) is { } printed)
            {
                return Task.FromResult(printed);
            }

            TaskCompletionSource<string> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waits.Add((match, found));
            return found.Task;
        }
    }

    public override string ToString() => string.Join('\n', Lines);
}
