using System.Net;
using Microsoft.Extensions.Logging;

namespace AmqpBroker.Server;

/// <summary>What the server says, one line an event. What strangers can cause at will goes through the limiter.</summary>
internal static partial class ServerLog
{
    public static void Opened(LogLimiter limiter, ILogger logger, string connection, string user, string virtualHost, string client)
    {
        if (MayWrite(limiter, logger))
        {
            ConnectionOpened(logger, connection, user, virtualHost, client);
        }
    }

    public static void Ended(LogLimiter limiter, ILogger logger, string connection, string reason)
    {
        if (MayWrite(limiter, logger))
        {
            ConnectionEnded(logger, connection, reason);
        }
    }

    public static void NotOpened(LogLimiter limiter, ILogger logger, string connection, string stage, string reason)
    {
        if (MayWrite(limiter, logger))
        {
            ConnectionNotOpened(logger, connection, stage, reason);
        }
    }

    public static void ForeignProtocol(LogLimiter limiter, ILogger logger, string connection, string what)
    {
        if (MayWrite(limiter, logger))
        {
            ForeignProtocolSeen(logger, connection, what);
        }
    }

    public static void LoginRefused(LogLimiter limiter, ILogger logger, string connection, string mechanism, string reason)
    {
        if (MayWrite(limiter, logger))
        {
            LoginWasRefused(logger, connection, mechanism, reason);
        }
    }

    public static void ProtocolError(LogLimiter limiter, ILogger logger, string connection, string state, string code, string text)
    {
        if (MayWrite(limiter, logger))
        {
            ClientProtocolError(logger, connection, state, code, text);
        }
    }

    public static void DeliveryTimedOut(LogLimiter limiter, ILogger logger, string connection, ushort channel, string queue, long timeoutMs)
    {
        if (MayWrite(limiter, logger))
        {
            DeliveryWasNotSettled(logger, connection, channel, queue, timeoutMs);
        }
    }

    public static void TooManyConnections(LogLimiter limiter, ILogger logger, EndPoint? peer, int limit)
    {
        if (MayWrite(limiter, logger))
        {
            ConnectionLimitReached(logger, peer, limit);
        }
    }

    public static void NoDescriptors(LogLimiter limiter, ILogger logger, EndPoint? address, int limit)
    {
        if (MayWrite(limiter, logger))
        {
            DescriptorsUsedUp(logger, address, limit);
        }
    }

    [LoggerMessage(EventId = 1, Level = LogLevel.Debug, Message = "Connection accepted: {Connection}")]
    public static partial void Accepted(ILogger logger, string connection);

    [LoggerMessage(EventId = 8, Level = LogLevel.Error, Message = "Connection failed by a fault of the broker: {Connection}")]
    public static partial void ConnectionCrashed(ILogger logger, string connection, Exception exception);

    [LoggerMessage(EventId = 9, Level = LogLevel.Warning, Message = "Cannot accept on {Address}, trying again: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, EndPoint? address, string reason);

    [LoggerMessage(EventId = 19, Level = LogLevel.Warning, Message = "No more clients are accepted on {Address} until some go: the process may have {Limit} files open (ulimit -n, LimitNOFILE)")]
    private static partial void DescriptorsUsedUp(ILogger logger, EndPoint? address, int limit);

    [LoggerMessage(EventId = 10, Level = LogLevel.Information, Message = "Shutting down: {Connections} connections to close")]
    public static partial void ShuttingDown(ILogger logger, int connections);

    [LoggerMessage(EventId = 11, Level = LogLevel.Warning, Message = "Dropping {Connections} connections that did not answer connection.close")]
    public static partial void ShutdownForced(ILogger logger, int connections);

    [LoggerMessage(EventId = 14, Level = LogLevel.Warning, Message = "Memory alarm: {Used} bytes are used, more than {Limit}; connections that publish are blocked")]
    public static partial void MemoryShort(ILogger logger, long used, long limit);

    [LoggerMessage(EventId = 15, Level = LogLevel.Warning, Message = "Memory alarm over: {Used} bytes are used, not more than {Limit}")]
    public static partial void MemoryClear(ILogger logger, long used, long limit);

    [LoggerMessage(EventId = 16, Level = LogLevel.Warning, Message = "Disk alarm: {Free} bytes are free (limit: {Limit}), or a journal waits for room; connections that publish are blocked")]
    public static partial void DiskShort(ILogger logger, long? free, long limit);

    [LoggerMessage(EventId = 17, Level = LogLevel.Warning, Message = "Disk alarm over: {Free} bytes are free (limit: {Limit})")]
    public static partial void DiskClear(ILogger logger, long? free, long limit);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "Connection opened: {Connection}, user '{User}', vhost '{VirtualHost}', client '{Client}'")]
    private static partial void ConnectionOpened(ILogger logger, string connection, string user, string virtualHost, string client);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "Connection ended: {Connection}: {Reason}")]
    private static partial void ConnectionEnded(ILogger logger, string connection, string reason);

    [LoggerMessage(EventId = 4, Level = LogLevel.Warning, Message = "Connection not opened: {Connection}: {Reason} (state {Stage})")]
    private static partial void ConnectionNotOpened(ILogger logger, string connection, string stage, string reason);

    [LoggerMessage(EventId = 5, Level = LogLevel.Warning, Message = "Not an AMQP 0-9-1 client: {Connection} sent {What}")]
    private static partial void ForeignProtocolSeen(ILogger logger, string connection, string what);

    [LoggerMessage(EventId = 6, Level = LogLevel.Warning, Message = "Login refused: {Connection}, mechanism {Mechanism}: {Reason}")]
    private static partial void LoginWasRefused(ILogger logger, string connection, string mechanism, string reason);

    [LoggerMessage(EventId = 7, Level = LogLevel.Warning, Message = "Bad input: {Connection} (state {State}): {Code} - {Text}")]
    private static partial void ClientProtocolError(ILogger logger, string connection, string state, string code, string text);

    [LoggerMessage(EventId = 12, Level = LogLevel.Warning, Message = "Connection refused: {Peer}: the limit of {Limit} connections is reached")]
    private static partial void ConnectionLimitReached(ILogger logger, EndPoint? peer, int limit);

    [LoggerMessage(EventId = 13, Level = LogLevel.Warning, Message = "{Lines} log lines about connections were left out")]
    private static partial void LinesLeftOut(ILogger logger, int lines);

    [LoggerMessage(EventId = 18, Level = LogLevel.Warning, Message = "Delivery not acknowledged in time: {Connection}, channel {Channel}, queue '{Queue}', timeout {Timeout} ms")]
    private static partial void DeliveryWasNotSettled(ILogger logger, string connection, ushort channel, string queue, long timeout);

    private static bool MayWrite(LogLimiter limiter, ILogger logger)
    {
        if (!limiter.MayWrite(out int leftOut))
        {
            return false;
        }

        if (leftOut > 0)
        {
            LinesLeftOut(logger, leftOut);
        }

        return true;
    }
}
