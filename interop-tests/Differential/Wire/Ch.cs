using System.Text;
using AmqpBroker.Protocol;

namespace AmqpBroker.Differential.Wire;

/// <summary>One channel of a connection: takes in what comes on it and writes the transcript. For one thread.</summary>
internal sealed partial class Ch
{
    private readonly Peer _peer;
    private readonly List<ReceivedMethod> _replies = [];
    private readonly Queue<Delivery> _deliveries = new();
    private readonly Confirms _confirms = new();
    private readonly HashSet<string> _silent = [];
    private ReceivedMethod? _contentMethod;
    private byte[] _properties = [];
    private readonly List<byte> _body = [];
    private ulong _bodyBytes;
    private Delivery? _lastGot;

    public Ch(Peer peer, ushort number)
    {
        _peer = peer;
        Number = number;
    }

    public ushort Number { get; }

    public Peer Peer => _peer;

    /// <summary>The channel, or its connection, has been closed by either side.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Whether channel.close is answered.</summary>
    public bool AnswersCloses { get; set; } = true;

    /// <summary>Whether the next method after a close opens the channel again, so that scripts go on after an error.</summary>
    public bool Reopens { get; set; } = true;

    /// <summary>Whether of connection.start only the name is compared, not what the broker says about itself.</summary>
    public bool IsStartMuted { get; set; }

    /// <summary>Whether what comes is left out of the transcript.</summary>
    public bool Muted { get; set; }

    private bool IsOver => IsClosed || _peer.IsClosed;

    /// <summary>Adds a line to what is compared.</summary>
    public void Record(string line)
    {
        string channel = $"{_peer.Name}, channel {Number}";
        if (!Muted)
        {
            _peer.Script.Transcript.Received(channel, line);
        }
    }

    /// <summary>Sends a method; on a channel that has been closed after opening it again, unless told otherwise.</summary>
    public void Send<T>(T method)
        where T : struct, IMethod<T>
    {
        ReopenFor(MethodKey.Of<T>());
        byte[] frame = new byte[FrameWriter.MethodSize(method)];
        FrameWriter.WriteMethod(frame, Number, method);
        Note(frame);
        _peer.Send(frame);
    }

    /// <summary>Sends a method and waits for its answer or the end of the channel.</summary>
    public ReceivedMethod? Call<T>(T method, params string[] answers)
        where T : struct, IMethod<T>
    {
        _replies.Clear();
        Send(method);
        return Await(answers);
    }

    /// <summary>Waits for one of these methods or the end of the channel.</summary>
    public ReceivedMethod? Await(params string[] answers)
    {
        _peer.Pump(() => IsOver || _replies.Exists(r => answers.Contains(r.Name)));
        ReceivedMethod? answer = _replies.Find(r => answers.Contains(r.Name));
        if (answer is null && !IsOver && !_peer.IsHolding)
        {
            Record($"(no {answers[0]} within {Peer.Patience.TotalSeconds} s)");
        }

        _replies.Clear();
        return answer;
    }

    /// <summary>Takes in a frame of this channel.</summary>
    public void OnFrame(byte type, ReadOnlySpan<byte> payload)
    {
        switch (type)
        {
            case AmqpConstants.FrameMethod:
                OnMethod(Methods.Read(payload));
                break;
            case AmqpConstants.FrameHeader when _contentMethod is not null:
                _bodyBytes = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(payload[4..]);
                _properties = payload[12..].ToArray();
                _body.Clear();
                CompleteContent();
                break;
            case AmqpConstants.FrameBody when _contentMethod is not null:
                _body.AddRange(payload);
                CompleteContent();
                break;
            case AmqpConstants.FrameHeartbeat:
                break;
            default:
                Record($"unexpected frame of type {type}: {Convert.ToHexString(payload)}");
                break;
        }
    }

    /// <summary>At the end of a scenario: what a round trip still brings, and what never came.</summary>
    public void Finish()
    {
        if (Number != 0 && !IsOver && _opened)
        {
            Sync();
        }

        ReportConfirms();
        if (_confirms.ReportOutstanding() is { } missing)
        {
            Record(missing);
        }
    }

    private void ReportConfirms()
    {
        if (_confirms.Report() is { } report)
        {
            Record(report);
        }
    }

    private void OnMethod(ReceivedMethod method)
    {
        switch (method.Name)
        {
            case "basic.deliver" or "basic.return" or "basic.get-ok":
                _contentMethod = method;
                return;
            case "basic.ack" or "basic.nack":
                if (_confirms.Came(method) is { } complaint)
                {
                    Record(complaint);
                }

                return;
            case "channel.close":
                IsClosed = true;
                if (AnswersCloses)
                {
                    Send(new ChannelCloseOk());
                }

                break;
            case "channel.close-ok":
                IsClosed = true;
                break;
            case "connection.close":
                _peer.OnClose(method);
                if (_peer.AnswersCloses)
                {
                    Send(new ConnectionCloseOk());
                }

                break;
            case "connection.close-ok":
                _peer.OnClose(method);
                break;
        }

        _replies.Add(method);
        if (!_silent.Contains(method.Name))
        {
            Record(IsStartMuted && method.Name == "connection.start" ? method.Name : method.ToString());
        }
    }

    private void CompleteContent()
    {
        if ((ulong)_body.Count < _bodyBytes)
        {
            return;
        }

        ReceivedMethod method = _contentMethod!;
        _contentMethod = null;
        byte[] body = [.. _body];
        string text = Encoding.UTF8.GetString(body);
        string about = method.Name == "basic.return" ? _confirms.AboutReturn(text) : "";
        Record($"{method} | {Props.Print(_properties, _peer.Script.ShowsNewerHeaders)} | {Fields.Print(body, quoted: true)}{about}");
        if (method.Name == "basic.return")
        {
            _returns++;
            return;
        }

        string consumerTag = method.Name == "basic.deliver" ? method["consumer-tag"].Trim('"') : "";
        Delivery delivery = new(ulong.Parse(method["delivery-tag"]), consumerTag, text, _properties);
        if (method.Name == "basic.deliver")
        {
            _deliveries.Enqueue(delivery);
        }
        else
        {
            _lastGot = delivery;
            _replies.Add(method);
        }
    }

    private void ReopenFor(uint method)
    {
        if (_opened && IsClosed && Reopens && !_peer.IsClosed && method is not (MethodKey.ChannelOpen or MethodKey.ChannelCloseOk))
        {
            Open();
        }
    }

    private void Note(ReadOnlySpan<byte> methodFrame)
    {
        if (Muted)
        {
            return;
        }

        string text = Methods.Read(methodFrame[Frame.HeaderSize..^1]).ToString();
        _peer.Script.Transcript.Note($"{_peer.Name}, channel {Number} > {text}");
    }
}
