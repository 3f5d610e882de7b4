using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace AmqpBroker.Server.Transports;

/// <summary>A plain TCP connection. The runtime tries each operation at once and waits by epoll only when it must.</summary>
internal sealed class SocketTransport : Transport
{
    private readonly Socket _socket;

    /// <summary>Takes over an accepted socket.</summary>
    public SocketTransport(Socket socket)
    {
        _socket = socket;
        // Frames leave in batches of our own making; waiting for more would only add delay.
        socket.NoDelay = true;
        RemoteEndPoint = socket.RemoteEndPoint;
        LocalEndPoint = socket.LocalEndPoint;
    }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint { get; }

    /// <inheritdoc/>
    public override EndPoint? LocalEndPoint { get; }

    /// <inheritdoc/>
    public override ValueTask WaitReadableAsync()
    {
        ValueTask<int> wait = _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
        if (wait.IsCompletedSuccessfully)
        {
            _ = wait.Result;
            return default;
        }

        return Awaited(wait);
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReceiveAsync(Memory<byte> buffer) => _socket.ReceiveAsync(buffer, SocketFlags.None);

    /// <inheritdoc/>
    public override int UnreadBytes
    {
        get
        {
            try
            {
                return _socket.Available;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return 0; // the peer is gone: whoever receives or sends learns it
            }
        }
    }

    /// <inheritdoc/>
    public override ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        ValueTask<int> send = _socket.SendAsync(bytes, SocketFlags.None);
        if (!send.IsCompletedSuccessfully)
        {
            return AwaitAll(send, bytes);
        }

        int sent = send.Result;
        return sent == bytes.Length ? default : AwaitAll(_socket.SendAsync(bytes[sent..], SocketFlags.None), bytes[sent..]);
    }

    /// <inheritdoc/>
    public override async ValueTask SendAsync(IList<ArraySegment<byte>> pieces)
    {
        int length = 0;
        foreach (ArraySegment<byte> piece in pieces)
        {
            length += piece.Count;
        }

        int sent = await _socket.SendAsync(pieces, SocketFlags.None).ConfigureAwait(false);
        if (sent != length)
        {
            throw new IOException($"The socket took {sent} of {length} bytes.");
        }
    }

    /// <inheritdoc/>
    public override void ShutdownSend()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The peer was faster: nobody is left to tell.
        }
        catch (ObjectDisposedException)
        {
            // As above.
        }
    }

    /// <inheritdoc/>
    public override void Abort() => _socket.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask Awaited(ValueTask<int> wait) => _ = await wait.ConfigureAwait(false);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitAll(ValueTask<int> send, ReadOnlyMemory<byte> bytes)
    {
        while (true)
        {
            int sent = await send.ConfigureAwait(false);
            bytes = bytes[sent..];
            if (bytes.IsEmpty)
            {
                return;
            }

            send = _socket.SendAsync(bytes, SocketFlags.None);
        }
    }
}
