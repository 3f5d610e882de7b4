using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Sessions;

namespace AmqpBroker.Server.Connections;

/// <summary>
/// What the reader knows of one channel: whether it is being closed, and the content that comes in. Belongs to the reader,
/// but for <see cref="Closing"/>, which the lane sets too.
/// </summary>
internal sealed class ClientChannel(ushort number, ChannelSession session)
{
    private volatile bool _closing;

    /// <summary>The channel's number.</summary>
    public ushort Number => number;

    /// <summary>The channel as the core sees it.</summary>
    public ChannelSession Session => session;

    /// <summary>The server has closed the channel: everything but channel.close and channel.close-ok is discarded.</summary>
    public bool Closing
    {
        get => _closing;
        set => _closing = value;
    }

    /// <summary>The client's own close crossed the server's and was answered: the number may be opened again.</summary>
    public bool CloseAnswered { get; set; }

    /// <summary>What the next frame must be.</summary>
    public ContentStage Stage { get; private set; }

    /// <summary>The message that comes in; null unless a basic.publish is incomplete.</summary>
    public Message? Message { get; private set; }

    /// <summary>Body bytes still to come.</summary>
    public long BodyLeft { get; private set; }

    /// <summary>What the incomplete content counts against the connection's limit, in bytes.</summary>
    public long UnfinishedBytes { get; set; }

    /// <summary>mandatory of the basic.publish.</summary>
    public bool Mandatory { get; private set; }

    /// <summary>immediate of the basic.publish.</summary>
    public bool Immediate { get; private set; }

    /// <summary>A basic.publish came: a content header must follow.</summary>
    public void BeginContent(Message message, bool mandatory, bool immediate)
    {
        Message = message;
        Mandatory = mandatory;
        Immediate = immediate;
        Stage = ContentStage.Header;
    }

    /// <summary>The content header came.</summary>
    public void ExpectBody(long bytes)
    {
        BodyLeft = bytes;
        Stage = ContentStage.Body;
    }

    /// <summary>Body bytes came.</summary>
    public void BodyReceived(int bytes) => BodyLeft -= bytes;

    /// <summary>The content is complete: hands the message over.</summary>
    public Message TakeMessage()
    {
        Message message = Message!;
        Message = null;
        Stage = ContentStage.None;
        return message;
    }

    /// <summary>Drops an incomplete content.</summary>
    public void DropContent()
    {
        Message?.Release();
        Message = null;
        Stage = ContentStage.None;
    }
}
