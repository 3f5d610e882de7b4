using System.Net;

namespace AmqpBroker.Server.Transports;

/// <summary>A connection over any duplex stream, such as one that encrypts.</summary>
internal sealed class StreamTransport(Stream stream, EndPoint? remote, EndPoint? local, Action? shutdownSend = null) : Transport
{
    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint => remote;

    /// <inheritdoc/>
    public override EndPoint? LocalEndPoint => local;

    /// <inheritdoc/>
    public override async ValueTask WaitReadableAsync() =>
        _ = await stream.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);

    /// <inheritdoc/>
    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => stream.ReadAsync(buffer);

    /// <inheritdoc/>
    public override async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes).ConfigureAwait(false);
        await stream.FlushAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask SendAsync(IList<ArraySegment<byte>> pieces)
    {
        foreach (ArraySegment<byte> piece in pieces)
        {
            await stream.WriteAsync(piece).ConfigureAwait(false);
        }

        await stream.FlushAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override void ShutdownSend() => shutdownSend?.Invoke();

    /// <inheritdoc/>
    public override void Abort() => stream.Dispose();
}
