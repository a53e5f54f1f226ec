//! Where the nodes of a picture go: every component so that distances on paper follow distances in the graph, the
//! components then in rows.
//!
//! Only `+ - * / sqrt`, and a fixed generator, so that a picture is the same on every machine.

/// A place, x to the right, y downwards; the unit is the length of an edge.
pub(super) type Point = (f64, f64);

/// Places of the nodes, and the corner opposite to the origin of the box that holds them.
pub(super) struct Layout {
    pub(super) places: Vec<Point>,
    pub(super) size: Point,
    /// For every node the direction, of length 1, that points away from the rest of its component.
    pub(super) outwards: Vec<Point>,
}

/// Random starts of one component, of which the clearest is kept.
const STARTS: usize = 12;
/// Steps of stress majorisation from each.
const STEPS: usize = 80;
/// Room around a component, and further room for a loop.
const MARGIN: f64 = 0.42;
const LOOP: f64 = 0.55;

/// Lays out `count` nodes. `components` partitions them; `head` is the node that should be on top of its component;
/// `aspect` is the width of the paper over its height.
pub(super) fn layout(
    count: usize,
    edges: &[(usize, usize)],
    components: &[Vec<usize>],
    head: Option<usize>,
    aspect: f64,
) -> Layout {
    let mut places = vec![(0.0, 0.0); count];
    let mut outwards = vec![(0.0, -1.0); count];
    let mut boxes = Vec::new();
    for component in components {
        let inner: Vec<(usize, usize)> = edges
            .iter()
            .filter_map(|(a, b)| {
                let at = |node: &usize| component.iter().position(|other| other == node);
                Some((at(a)?, at(b)?))
            })
            .collect();
        let head = head.and_then(|head| component.iter().position(|&node| node == head));
        let own = component_places(component.len(), &inner, head);
        let own_outwards: Vec<Point> = own.iter().map(|&place| direction(centre(&own), place)).collect();
        let mut low = (f64::INFINITY, f64::INFINITY);
        let mut high = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        let mut include = |(x, y): Point| {
            low = (low.0.min(x - MARGIN), low.1.min(y - MARGIN));
            high = (high.0.max(x + MARGIN), high.1.max(y + MARGIN));
        };
        for (node, (&(x, y), &(dx, dy))) in own.iter().zip(&own_outwards).enumerate() {
            include((x, y));
            if inner.contains(&(node, node)) {
                include((x + LOOP * dx, y + LOOP * dy));
            }
        }
        for (position, &node) in component.iter().enumerate() {
            places[node] = (own[position].0 - low.0, own[position].1 - low.1);
            outwards[node] = own_outwards[position];
        }
        boxes.push((high.0 - low.0, high.1 - low.1));
    }
    let (corners, size) = rows(&boxes, aspect);
    for (component, corner) in components.iter().zip(corners) {
        for &node in component {
            places[node].0 += corner.0;
            places[node].1 += corner.1;
        }
    }
    Layout { places, size, outwards }
}

/// Puts boxes into the rows that fill the paper best: the corners of the boxes, and the size of the whole.
fn rows(boxes: &[Point], aspect: f64) -> (Vec<Point>, Point) {
    let arrange = |columns: usize| {
        let lines: Vec<&[Point]> = boxes.chunks(columns).collect();
        let width = |line: &[Point]| line.iter().map(|size| size.0).sum::<f64>();
        let widest = lines.iter().map(|line| width(line)).fold(0.0, f64::max);
        let mut corners = Vec::new();
        let mut y = 0.0;
        for line in lines {
            let tallest = line.iter().map(|size| size.1).fold(0.0, f64::max);
            let mut x = (widest - width(line)) / 2.0;
            for size in line {
                corners.push((x, y + (tallest - size.1) / 2.0));
                x += size.0;
            }
            y += tallest;
        }
        (corners, (widest, y))
    };
    let waste = |(width, height): Point| (width / aspect).max(height);
    (1..=boxes.len().max(1))
        .map(arrange)
        .min_by(|a, b| waste(a.1).total_cmp(&waste(b.1)))
        .unwrap_or((Vec::new(), (1.0, 1.0)))
}

fn component_places(count: usize, edges: &[(usize, usize)], head: Option<usize>) -> Vec<Point> {
    let wanted = distances(count, edges);
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    let mut best: Option<(f64, Vec<Point>)> = None;
    for _ in 0..if count > 2 { STARTS } else { 1 } {
        let extent = count as f64;
        let mut places: Vec<Point> = (0..count).map(|_| (extent * random(), extent * random())).collect();
        for _ in 0..STEPS {
            majorise(&mut places, &wanted);
        }
        let confusion = confusion(&places, edges, &wanted);
        if best.as_ref().is_none_or(|(least, _)| confusion < *least - 1e-9) {
            best = Some((confusion, places));
        }
    }
    let mut places = best.map(|(_, places)| places).unwrap_or_default();
    turn(&mut places, head.unwrap_or(0));
    if let Some(head) = head
        && places[head].1 > centre(&places).1
    {
        places.iter_mut().for_each(|place| place.1 = -place.1);
    }
    places
}

/// Numbers of edges between nodes, all of one component.
fn distances(count: usize, edges: &[(usize, usize)]) -> Vec<Vec<f64>> {
    let mut distance = vec![vec![count as f64; count]; count];
    for (node, row) in distance.iter_mut().enumerate() {
        row[node] = 0.0;
    }
    for &(a, b) in edges.iter().filter(|(a, b)| a != b) {
        distance[a][b] = 1.0;
        distance[b][a] = 1.0;
    }
    for via in 0..count {
        for a in 0..count {
            for b in 0..count {
                distance[a][b] = distance[a][b].min(distance[a][via] + distance[via][b]);
            }
        }
    }
    distance
}

/// One round of stress majorisation: every node goes to the mean, weighted by 1/distance^2, of where the others want it.
fn majorise(places: &mut [Point], wanted: &[Vec<f64>]) {
    for node in 0..places.len() {
        let (x, y) = places[node];
        let mut sum = (0.0, 0.0, 0.0);
        for (other, &(ox, oy)) in places.iter().enumerate() {
            if other == node {
                continue;
            }
            let distance = wanted[node][other];
            let weight = 1.0 / (distance * distance);
            let (dx, dy) = direction((ox, oy), (x, y));
            sum.0 += weight * (ox + distance * dx);
            sum.1 += weight * (oy + distance * dy);
            sum.2 += weight;
        }
        if sum.2 > 0.0 {
            places[node] = (sum.0 / sum.2, sum.1 / sum.2);
        }
    }
}

/// How hard a layout is to read: crossings, nodes on foreign edges, and stress.
fn confusion(places: &[Point], edges: &[(usize, usize)], wanted: &[Vec<f64>]) -> f64 {
    let mut total = 0.0;
    for (position, &(a, b)) in edges.iter().enumerate() {
        for &(c, d) in &edges[..position] {
            let apart = a != b && c != d && a != c && a != d && b != c && b != d;
            if apart && crosses(places[a], places[b], places[c], places[d]) {
                total += 2.0;
            }
        }
        for (node, &place) in places.iter().enumerate() {
            if node != a && node != b && away(place, places[a], places[b]) < 0.3 {
                total += 4.0;
            }
        }
    }
    for (a, row) in wanted.iter().enumerate() {
        for (b, &distance) in row.iter().enumerate().take(a) {
            let ratio = length(places[a], places[b]) / distance - 1.0;
            total += ratio * ratio;
        }
    }
    total
}

/// Turns the longest extent into the horizontal; if there is none, as in a polygon, puts a node upright on top.
fn turn(places: &mut [Point], top: usize) {
    let (cx, cy) = centre(places);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in places.iter().map(|&(x, y)| (x - cx, y - cy)) {
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    let half = (xx - yy) / 2.0;
    let root = (half * half + xy * xy).sqrt();
    let (ux, uy) = if root < 0.05 * (xx + yy) {
        let (dx, dy) = direction((cx, cy), places[top]);
        (-dy, dx)
    } else {
        // Of the two forms of the eigenvector, the one without cancellation.
        direction((0.0, 0.0), if half >= 0.0 { (half + root, xy) } else { (xy, root - half) })
    };
    for place in places {
        let (x, y) = (place.0 - cx, place.1 - cy);
        *place = (x * ux + y * uy, y * ux - x * uy);
    }
}

fn centre(places: &[Point]) -> Point {
    let count = places.len().max(1) as f64;
    let sum = places.iter().fold((0.0, 0.0), |sum, place| (sum.0 + place.0, sum.1 + place.1));
    (sum.0 / count, sum.1 / count)
}

fn length(a: Point, b: Point) -> f64 {
    ((a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)).sqrt()
}

/// The unit vector from one place to another; upwards if they coincide.
fn direction(from: Point, to: Point) -> Point {
    let length = length(from, to);
    if length < 1e-6 { (0.0, -1.0) } else { ((to.0 - from.0) / length, (to.1 - from.1) / length) }
}

/// Twice the signed area of a triangle.
fn area(a: Point, b: Point, c: Point) -> f64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

fn crosses(a: Point, b: Point, c: Point, d: Point) -> bool {
    area(a, b, c) * area(a, b, d) < 0.0 && area(c, d, a) * area(c, d, b) < 0.0
}

/// The distance of a place from a segment.
fn away(place: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let along = ((place.0 - a.0) * dx + (place.1 - a.1) * dy) / (dx * dx + dy * dy).max(1e-12);
    let along = along.clamp(0.0, 1.0);
    length(place, (a.0 + along * dx, a.1 + along * dy))
}
