namespace AmqpBroker.Server;

/// <summary>The places of figures of connections in their <see cref="Core.Statistics.Reading"/>.</summary>
public static class TrafficFigures
{
    /// <summary>Bytes received.</summary>
    public const int ReceivedBytes = 0;

    /// <summary>How often something was received.</summary>
    public const int ReceivedCount = 1;

    /// <summary>Bytes sent.</summary>
    public const int SentBytes = 2;

    /// <summary>How often something was sent.</summary>
    public const int SentCount = 3;

    /// <summary>Figures of a connection.</summary>
    public const int Width = 4;

    /// <summary>Connections opened; of the server only.</summary>
    public const int Opened = 4;

    /// <summary>Connections that have ended; of the server only.</summary>
    public const int Closed = 5;

    /// <summary>Figures of the server, or of a virtual host of it.</summary>
    public const int TotalWidth = 6;
}
