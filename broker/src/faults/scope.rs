use ottla::wire::Str;

/// A topic or a partition that a request concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) topic: Str,
    /// `None` for all of the topic.
    pub(crate) partition: Option<i32>,
}

/// A request, as rules see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) key: i16,
    pub(crate) node: i32,
    pub(crate) client: &'a str,
    pub(crate) places: &'a [Place],
}

/// The requests that a rule is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) key: Option<i16>,
    pub(crate) node: Option<i32>,
    pub(crate) client: Option<String>,
    pub(crate) topic: Option<Str>,
    pub(crate) partition: Option<i32>,
}

impl Scope {
    pub(crate) fn includes(&self, asked: &Asked<'_>) -> bool {
        let anywhere = self.topic.is_none() && self.partition.is_none();
        self.key.is_none_or(|key| key == asked.key)
            && self.node.is_none_or(|node| node == asked.node)
            && self.client.as_ref().is_none_or(|client| client == asked.client)
            && (anywhere || asked.places.iter().any(|place| self.touches(place)))
    }

    /// Whether what happens at a place has to do with the rule. Who asks for a topic asks for all of its
    /// partitions.
    pub(crate) fn touches(&self, place: &Place) -> bool {
        self.has_topic(&place.topic)
            && self.partition.is_none_or(|index| place.partition.is_none_or(|asked| asked == index))
    }

    /// Whether an error of the rule is the error of a partition, or of a topic as a whole.
    pub(crate) fn covers(&self, topic: &str, partition: Option<i32>) -> bool {
        self.has_topic(topic) && (self.partition.is_none() || self.partition == partition)
    }

    fn has_topic(&self, topic: &str) -> bool {
        self.topic.as_ref().is_none_or(|name| **name == *topic)
    }
}
