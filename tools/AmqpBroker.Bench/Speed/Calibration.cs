using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace AmqpBroker.Bench.Speed;

/// <summary>
/// What moving a kilobyte over loopback costs on this machine, both sides together, in blocks as a broker's: the measure by
/// which figures of CPU time from different machines, and from one machine on different days, can be compared.
/// </summary>
internal static class Calibration
{
    private const int BlockBytes = 64 * 1024;
    private const long TotalBytes = 2L << 30;

    /// <summary>Microseconds of CPU time for each KiB.</summary>
    public static double CpuUsPerKiB()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen();
        using var sender = new Socket(SocketType.Stream, ProtocolType.Tcp);
        sender.Connect(listener.LocalEndPoint!);
        using Socket receiver = listener.Accept();
        var receiving = new Thread(() => Receive(receiver));
        using var self = Process.GetCurrentProcess();
        TimeSpan before = self.TotalProcessorTime;
        receiving.Start();
        byte[] block = new byte[BlockBytes];
        for (long sent = 0; sent < TotalBytes;)
        {
            sent += sender.Send(block);
        }
        receiving.Join();
        self.Refresh();
        return (self.TotalProcessorTime - before).TotalMicroseconds / (TotalBytes >> 10);
    }

    private static void Receive(Socket receiver)
    {
        byte[] block = new byte[BlockBytes];
        for (long received = 0; received < TotalBytes;)
        {
            received += receiver.Receive(block);
        }
    }
}
