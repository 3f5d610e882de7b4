using System.Net;
using System.Net.Sockets;
using AmqpBroker.Server.Transports;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Server;

/// <summary>One address that is listened on, with the loop that accepts.</summary>
internal sealed class Listener : IDisposable
{
    /// <summary>After an accept that failed for want of descriptors or memory: time for connections to end.</summary>
    private const int RetryDelayMs = 200;

    /// <summary>It is full again and again while one client goes and another comes.</summary>
    private readonly LogLimiter _fullLines = new(linesPerSecond: 1);

    private readonly Socket _socket;
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>Takes the address.</summary>
    /// <exception cref="IOException">It cannot be had; the message names it.</exception>
    public Listener(IPEndPoint address, int backlog)
    {
        _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.Address.Equals(IPAddress.IPv6Any))
            {
                _socket.DualMode = true;
            }

            _socket.Bind(address);
            _socket.Listen(backlog);
            Endpoint = (IPEndPoint)_socket.LocalEndPoint!;
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw new IOException($"{address}: {e.Message}", e);
        }
    }

    /// <summary>The address, with the port that the system chose if 0 was asked for.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>Begins to accept.</summary>
    /// <param name="accepted">Runs a connection; what it gives completes when that is over.</param>
    /// <param name="room">Clients that find none wait to be accepted.</param>
    /// <param name="logger">Told of what keeps clients from being accepted.</param>
    public void Start(Func<Transport, Task> accepted, DescriptorRoom room, ILogger logger) => _loop = AcceptAsync(accepted, room, logger);

    /// <summary>Gives the address back; afterwards nothing is accepted any more.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync(Func<Transport, Task> accepted, DescriptorRoom room, ILogger logger)
    {
        await Task.Yield();
        while (!_stopping.IsCancellationRequested)
        {
            Socket? peer = null;
            bool taken = false;
            try
            {
                if (room.IsFull)
                {
                    ServerLog.NoDescriptors(_fullLines, logger, Endpoint, room.Limit);
                }

                await room.TakeAsync(_stopping.Token).ConfigureAwait(false);
                taken = true;
                peer = await _socket.AcceptAsync(_stopping.Token).ConfigureAwait(false);
                Task over = accepted(new SocketTransport(peer));
                taken = false;
                _ = GiveBackAsync(over, room);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (SocketException e)
            {
                // The client may be gone already, or the process out of descriptors: neither ends the service.
                peer?.Dispose();
                if (peer is null)
                {
                    ServerLog.AcceptFailed(logger, Endpoint, e.Message);
                    // waits because nothing tells when descriptors are free again
                    await Task.Delay(RetryDelayMs).ConfigureAwait(false);
                }
            }
            finally
            {
                if (taken)
                {
                    room.GiveBack();
                }
            }
        }
    }

    private static async Task GiveBackAsync(Task over, DescriptorRoom room)
    {
        await over.ConfigureAwait(false);
        room.GiveBack();
    }
}
