using System.Runtime.InteropServices;

namespace AmqpBroker.Hosting.Commands;

/// <summary>What a command that ends by itself needs of its process: where it says what, and when it is to stop.</summary>
internal sealed class CommandContext : IDisposable
{
    private readonly CancellationTokenSource _cancelled = new();
    private readonly List<PosixSignalRegistration> _signals = [];

    public CommandContext(TextWriter output, TextWriter errors)
    {
        Output = output;
        Errors = errors;
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                // What is half done is removed first.
                context.Cancel = true;
                _cancelled.Cancel();
            }));
        }
    }

    /// <summary>For the result.</summary>
    public TextWriter Output { get; }

    /// <summary>For what went wrong, and how far it is.</summary>
    public TextWriter Errors { get; }

    /// <summary>Somebody wants the command to end.</summary>
    public CancellationToken Cancelled => _cancelled.Token;

    /// <summary>Says why it ends.</summary>
    public async Task<int> FailAsync(string reason, int exitCode = ExitCodes.Failed)
    {
        await Errors.WriteLineAsync($"amqpbroker: {reason}").ConfigureAwait(false);
        return exitCode;
    }

    public void Dispose()
    {
        _signals.ForEach(static s => s.Dispose());
        _cancelled.Dispose();
    }
}
