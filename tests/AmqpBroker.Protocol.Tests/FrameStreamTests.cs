using CsCheck;

namespace AmqpBroker.Protocol.Tests;

/// <summary>However a stream arrives in pieces, the frames are the same.</summary>
public sealed class FrameStreamTests
{
    private const uint MaxFrameSize = 131072;

    public static TheoryData<string, bool> Streams
    {
        get
        {
            var all = new TheoryData<string, bool>();
            foreach (string client in GoldenFrames.Clients)
            {
                all.Add(client, true);
                all.Add(client, false);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Cut_in_two_at_every_octet(string client, bool fromClient)
    {
        foreach (GoldenFrame golden in GoldenFrames.Read(client).Where(f => f.FromClient == fromClient && f.Name != "ProtocolHeader"))
        {
            for (int cut = 0; cut < golden.Bytes.Length; cut++)
            {
                bool complete = FrameReader.TryRead(golden.Bytes.AsSpan(0, cut), MaxFrameSize, out _, out int consumed);
                Assert.False(complete);
                Assert.Equal(0, consumed);
            }

            byte[] followed = [.. golden.Bytes, 1, 2, 3];
            Assert.True(FrameReader.TryRead(followed, MaxFrameSize, out _, out int all));
            Assert.Equal(golden.Bytes.Length, all);
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Cut_at_every_octet_the_whole_stream_gives_the_same_frames(string client, bool fromClient)
    {
        byte[] stream = GoldenFrames.Stream(client, fromClient);
        List<string> expected = Frames(stream, []);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Frames(stream, [.. Enumerable.Range(1, stream.Length - 1)]));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Cut_at_random_the_whole_stream_gives_the_same_frames(string client, bool fromClient)
    {
        byte[] stream = GoldenFrames.Stream(client, fromClient);
        List<string> expected = Frames(stream, []);
        Gen.Int[1, stream.Length - 1].Array[1, 40].Sample(
            cuts => Assert.Equal(expected, Frames(stream, [.. cuts.Distinct().Order()])), iter: 100);
    }

    /// <summary>Feeds the stream in pieces, as a connection does, and gives the frames as text.</summary>
    private static List<string> Frames(byte[] stream, int[] cuts)
    {
        var frames = new List<string>();
        int start = 0;
        foreach (int end in (int[])[.. cuts, stream.Length])
        {
            while (FrameReader.TryRead(stream.AsSpan(start, end - start), MaxFrameSize, out Frame frame, out int consumed))
            {
                frames.Add($"{frame.Type} {frame.Channel} {Convert.ToHexString(frame.Payload)}");
                start += consumed;
            }
        }

        Assert.Equal(stream.Length, start);
        return frames;
    }
}
